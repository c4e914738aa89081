"""What is kept on disk: the state file, journal, verdicts, reports, and how a disk is written."""
