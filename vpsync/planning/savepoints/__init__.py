"""Savepoints: taken exactly once, remembered before they are asked for, and deleted only by name.

The first rule that has something to say decides (:mod:`vpsync.planning.savepoints.decide`)::

    settled             it was seen completed: history                            in sync
    not permitted       its deployment is held from another Kubernetes namespace  NotPermitted
    asked_for_again     VVP could not take it, and the run permits another        create
    followed            it is there                                               in sync
    pruned              it was there, and VVP has it no longer                    Gone
    under_way           the answer to a young request is missing                  Progressing
    unknown_result      something came into being since: a person decides         CreateResultUnknown
    sent_again          nothing did: the request never arrived                    create
    rejected            VVP refused this generation                               Rejected
    nothing_to_adopt    the one that is named to be adopted is not there          DependencyNotReady
    no_running_job      there is no job to take it of                             DependencyNotReady
    taken               VVP does not have it                                      create
"""
