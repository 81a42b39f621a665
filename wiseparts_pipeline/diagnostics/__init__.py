"""Why a file is not imported, where a record is, which feed has stopped."""
