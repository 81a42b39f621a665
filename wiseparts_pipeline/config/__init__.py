"""What a `defs.yaml` may say.

`source` and `importer` are its two kinds of components; `columns`, `joins`, `file_format`, `file_names`, `expression`
and `notifications` each hold one part of an importer, `attributes` the values they share. `loader` reads the files.
"""
