"""Where sources are made: a scaffold, recorded cases without the people in them, and the check of both."""
