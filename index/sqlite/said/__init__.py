"""What posts say, in texts and in words: how it is kept until a chunk is full, what is made of it then, how it is asked."""
