"""The pure core: what is desired and what was observed go in, a plan comes out.

No input, output, clock or logging; :func:`vpsync.planning.plan.plan` is the way in.
"""
