"""What crawls remember between pages, runs and hosts: SQLite on one machine, PostgreSQL for many."""
