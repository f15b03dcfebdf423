"""V2EX, by the first version of its public JSON."""
