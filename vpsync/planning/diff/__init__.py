"""What differs between a manifest and its VVP object: the table stands in
:mod:`vpsync.planning.diff.fields`, what a manifest refers to in :mod:`vpsync.planning.diff.references`.
"""
