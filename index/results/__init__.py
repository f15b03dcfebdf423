"""What is made of a result: frames, highlights, significant words, clusters, posts alike."""
