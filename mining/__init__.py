"""What analysts ask: word of mouth, topics, cascades, KOLs; answers with their evidence."""
