"""The administrators' user interface: TOML to settings, or to everything that is wrong with it, each with its place.

Start at `load`: it reads the files (`files`, `syntax`, `locate`), checks their shape (`shape`, `models`, `values`, `words`)
and what has to fit together (`checks`, `outside`), builds the frozen `settings` (`build`) and gives advice (`advice`).
"""
