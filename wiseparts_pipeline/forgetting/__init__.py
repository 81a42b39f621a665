"""Forgetting a person: what is personal is emptied wherever the program keeps it, and is not let in again.

Records, their references and their amounts stay, so that every total stays what it was. Which columns are personal, and
whose they are, is stated by the entities; see also `importing/validation/forgotten.py` for what comes afterwards.
"""
