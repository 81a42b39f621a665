"""Coverage-guided fuzzing with atheris: inputs that nobody thought of, kept so that they are tried in every run.

`python -m tests.fuzzing` looks for more; see docs/reliability.md. An input is what a target says; a target raises where
a promise is broken. Replaying the corpus needs no atheris.
"""
