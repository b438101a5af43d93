from hypothesis import settings

# A busy machine is no bug: examples may take as long as they need.
settings.register_profile("nnlab", deadline=None)
settings.load_profile("nnlab")
