"""How a site is treated: who asks, how fast, what is refused, and what follows."""
