"""Aspect packs as data: what people speak of in a domain, and the words that show it.

``signs`` tell that a text is about the domain. An aspect has titles and ``words``. Where a model was
trained for the pack (``model``), it finds the aspects; else the words do, and the polarity around
the word is read by the term model.
"""
