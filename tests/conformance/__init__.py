"""The sandbox's answers and vpsync's requests, held against the published specifications of VVP.

The specifications are not part of this project: they are read where a checkout has them beside it
(`../shared/reference/swagger`), and the tests are skipped where they are not there. Where reality
is known to differ from them, `differences.yaml` says so, with the reason.
"""
