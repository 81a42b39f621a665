"""Saves what has been measured so far when it is imported: the last thing that a fork server does before it forks.

It ends with the tests, when what was measured has been combined already.
"""

from coverage import Coverage

if measured := Coverage.current():
    measured.save()
