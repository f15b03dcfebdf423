"""The stories planted in the world, each with its truth."""
