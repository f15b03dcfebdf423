"""Packs as data; `core/project/pack.py` says what stands in one. `model`: a model was trained for it."""
