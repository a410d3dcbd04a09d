"""The fixed-point grid that all carriers share, so that they find the same integers."""

BITS = 10
ONE = 1 << BITS  # fixed-point units in a pixel
SUB = 4  # samples across a pixel where surfaces meet
STEP = ONE  # neighbours whose offsets differ by more belong to two surfaces
NOWHERE = -(2**31)  # nearness where nothing lies
NOTHING = -ONE  # position where nothing lands; the outermost pixels reach half a pixel past the edges

CELL_BITS = 8
CELL = 1 << CELL_BITS  # ONE // SUB
LEAD = ONE // 2 - CELL // 2  # from a pixel's centre back to its first sample

CERTAIN = 1 << 16  # what the most important of pixels that meet counts for; others count for less
