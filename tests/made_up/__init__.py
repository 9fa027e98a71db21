"""A kind that vpsync does not have, registered by nothing but the contract of a kind.

These tests run in a process of their own (``tests/kinds/test_made_up_kind.py`` starts it), for every
module takes the kinds as they are when it is imported.
"""
