"""Posts out of files people have: JSONL, CSV and XLSX, with the headers and encodings they have them in."""
