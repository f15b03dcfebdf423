"""Training of the shipped models: ``python -m nlp.train`` reads the data folder, writes `nlp/models`."""
