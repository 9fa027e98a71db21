"""Whose a VVP object is, and what of it was declared.

=====================  ==================================  ====================================
proof                  where it stands                     who can write it
=====================  ==================================  ====================================
marker                 annotation ``owner`` in VVP         whoever may change the VVP object
``status.id``          status of the resource              vpsync, and whoever has that right
managed fields         annotation ``managed`` in VVP       whoever may change the VVP object
history                conditions and requests in status   vpsync, and whoever has that right
=====================  ==================================  ====================================

The marker counts only on the object whose VVP name it states; a checksum shows what was edited by hand.
"""
