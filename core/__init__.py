"""The shared vocabulary: records, ids, time, counts, projects, settings, errors and the landing."""
