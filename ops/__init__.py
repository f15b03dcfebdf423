"""The command line and all that starts something."""
