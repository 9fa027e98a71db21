"""What holds changes back that are right one by one.

=========  =======================================================  =================================
guard      holds                                                    until
=========  =======================================================  =================================
tenancy    what a Kubernetes namespace may not have                 the run's settings give it
canary     markers on running jobs, once VVP restarted one for it   ``--force``
brakes     updates or deletions beyond a share, in one VVP          ``--force``, a reviewed plan, or
           namespace or over all                                    fewer of them
restarts   restarts beyond ``--max-restarts``; VVP namespaces take  the next pass
           turns
=========  =======================================================  =================================
"""
