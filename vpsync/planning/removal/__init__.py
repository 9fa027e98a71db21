"""How VVP objects go: one step a pass, by the deletion policy of their resource."""
