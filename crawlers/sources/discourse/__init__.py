"""Any Discourse forum, by the JSON it serves to everybody."""
