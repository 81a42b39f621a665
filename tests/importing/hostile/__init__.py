"""Files made to do harm: each ends with a code, in bounded time and memory, and nothing of it is loaded."""
