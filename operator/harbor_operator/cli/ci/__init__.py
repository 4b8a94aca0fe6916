"""`ci`: gives a build pipeline a robot's credential, and shows what to write into it."""
