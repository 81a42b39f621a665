"""How much is read at a time. Small pieces cost time, as each step runs for each piece; large ones cost memory."""

# Bytes decoded at once.
CHUNK = 1 << 20
# The longest row that can be read. Arrow reads 32 blocks ahead, so this bounds memory as well.
BLOCK = 1 << 20
# A batch ends with whichever is reached first.
BATCH_ROWS = 25_000
BATCH_BYTES = 8 << 20
# A line that is parsed needs several times its size.
BATCH_BYTES_OF_LINES = 2 << 20
# The most rows in succession that cannot be read, and the most characters in them.
BAD_ROWS = 100_000
BAD_CHARACTERS = 32 << 20
# Every batch has an array for each column. Of a header, and of rows that name their columns themselves, where many
# names are keys or dates in the wrong place.
MOST_NAMES = 2_000
MOST_COLUMNS = 500
