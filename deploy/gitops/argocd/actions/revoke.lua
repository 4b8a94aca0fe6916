local os = require("os")
obj.metadata.annotations = obj.metadata.annotations or {}
obj.metadata.annotations["harbor-operator.dev/revoke-requested-at"] = os.date("!%Y-%m-%dT%H:%M:%SZ")
return obj
