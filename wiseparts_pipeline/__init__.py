"""wiseparts_pipeline: files of a parts distributor in, validated tables and marts out."""
