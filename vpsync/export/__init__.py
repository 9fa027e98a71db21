"""What VVP holds, as manifests for Git.

:func:`vpsync.export.export.export` is the way in. What it gives is judged as any other manifest
before anybody sees it: a preview of it shows adoptions and nothing else.
"""
