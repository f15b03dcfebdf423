"""The language room: text becomes an annotation."""
