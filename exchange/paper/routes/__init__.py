"""Every path, one file per group of the venue's documentation; and the script's own under /paper/."""
