"""A world as large as one likes: columns of numbers drawn from a seed, posts written only when a page shows them."""

from replica.expanse.expanse import Expanse
from replica.expanse.shelf import ExpanseShelf

__all__ = ["Expanse", "ExpanseShelf"]
