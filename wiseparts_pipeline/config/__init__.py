"""What a `defs.yaml` may say: sources, importers and all that they are made of; read by `loader`."""
