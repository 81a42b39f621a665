"""Deletes what has served its purpose, at the ages of the settings, so that an installation does not grow for ever."""
