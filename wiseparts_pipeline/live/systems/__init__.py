"""The systems that answer look-ups: one module each, with the methods of `questions.Answering`.

To add one: its module here, its name in SYSTEMS, and a module of tests that inherits the contract which all of them
keep; see docs/live.md.
"""

from wiseparts_pipeline.live.systems.tryton import TrytonAnswers

SYSTEMS = {"tryton": TrytonAnswers}
