"""What is shown is tested on what a real executor wrote: the stage of the scenarios is used here too."""

import sys
from pathlib import Path

sys.path.append(str(Path(__file__).parents[1] / "scenarios"))
