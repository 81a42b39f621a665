"""A file's batches as rows of an entity: mapped, converted, checked."""
