"""What is done about a resource that is there to stay.

The first rule that has something to say decides (:mod:`vpsync.planning.upsert.decide`)::

    edition_lacks_it        the Community Edition has one VVP namespace             Unsupported
    vvp_unreadable          a list that failed proves nothing                       Unauthorized, unreadable
    namespace_missing       its VVP namespace is not there                          DependencyNotReady
    namespace_terminating   VVP is deleting it                                      DependencyNotReady
    being_moved             its object in another VVP namespace goes first          a step of that
    dependency_missing      what it refers to is missing, or is two things           DependencyNotReady
    ambiguous               VVP has two objects of its name                         NotOwned
    renamed                 a VVP name cannot change                                Immutable
    refused_creation        VVP rejected it                                         Rejected
    creation_loses_state    a job that ran would start from empty state             StateLoss
    creation                VVP does not have it                                    create
    foreign                 another owner has it                                    NotOwned

    not_adoptable           it is unowned, and nobody said that it may be taken     NotOwned
    immutable               VVP cannot change it                                    Immutable
    waiting                 VVP is at work, or the job failed                       Progressing, JobFailed
    equal                   nothing differs                                         in sync
    rejected                VVP refused this generation                             Rejected
    left_drifted            VVP departs, and is left so on request                  Drifted, in sync
    loses_state             a stateful job would start from nothing                 StateLoss
    change                  what differs is sent                                    update, adopt

A paused resource goes the same way, and what would be a write is only told.
"""
