"""`reconcile`, `rotate`, `revoke`, `suspend`, `resume`: what can be asked of an object."""
