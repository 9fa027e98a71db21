"""Whether vpsync can do its work here: what it looks at, and what it finds.

:func:`vpsync.doctor.examine.examine` is the way in. Nothing here writes, to either side.
"""
