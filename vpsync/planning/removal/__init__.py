"""How VVP objects go: one step a pass, by the deletion policy of their resource.

The first rule that has something to say decides (:mod:`vpsync.planning.removal.decide`)::

    not held        without our finalizer nothing waits for us           finalized
    unnameable      VVP cannot have an object of its name                finalized
    taken once      a savepoint goes by rules of its own                 see vpsync.planning.savepoints
    unreadable      what could not be read is not gone                   Unauthorized, unreadable
    unprovable      VVP does not list its namespaces                     Unsupported
    ambiguous       VVP has two objects of its name                      DeletionBlocked
    absent          a complete list lacks it                             finalized
    not ours        another's object is left alone                       finalized
    next step       by kind and policy, one write a pass                 stop, wait, delete; StateLoss

What an object waits for (:mod:`vpsync.planning.removal.steps`): a stateful job until somebody asks for a
savepoint or agrees that its state is lost, then until it is cancelled or suspended; a target until no
deployment uses it; a VVP namespace until it is empty.
"""
