"""Records that were created here go to another system: noted with the import, delivered as files, each accounted for.

It knows neither Dagster nor how files are imported. `noting` records in the import's transaction what is to be
exported; `delivery` writes it, from what the records are then, to the server.
"""
