"""The one place that hides secrets and cleans text before anybody sees it.

==================  ============================================================================
what is hidden      by what it is known
==================  ============================================================================
``fields``          the path in a VVP object, and the shape of what stands there
``credentials``     the shape of a text that somebody else wrote: URLs, ``name=value``, keys
``hiding``          the value itself: a token of this run, a sensitive value that VVP quotes
``names``           the rules that the first two share: which name is that of a secret
==================  ============================================================================

What is left is made harmless: ``text`` writes control characters out and keeps Markdown from being
markup, ``output`` is the last filter of all that leaves the program, ``log`` hides in log lines.
vpsync's own words pass no rule of names: "holds no token: one line" stays as it is. Only what is quoted
from VVP, a cluster or a file does, once, where it is put beside our words (:func:`~.text.quoted`).
"""
