-- Judges as kstatus does, which reads the same fields. Degraded ends a sync at once, so it is said
-- only where the operator waits for a person; whatever goes on by itself is Progressing.
local status = obj.status or {}
local conditions = {}
for _, condition in ipairs(status.conditions or {}) do
  conditions[condition.type] = condition
end
local ready = conditions.Ready or {}

local function holds(kind)
  return conditions[kind] ~= nil and conditions[kind].status == "True"
end

if obj.metadata.deletionTimestamp ~= nil then
  local rest = ready.status ~= "True" and ready.message
  return { status = "Progressing", message = rest or "Being deleted." }
end
if obj.spec.suspend then
  return { status = "Suspended", message = ready.message or "Suspended." }
end
if status.observedGeneration ~= obj.metadata.generation then
  return { status = "Progressing", message = "Waiting for the operator to look at it." }
end
if holds("Stalled") then
  return { status = "Degraded", message = conditions.Stalled.message }
end
if ready.status == "True" and not holds("Reconciling") then
  return { status = "Healthy", message = ready.message }
end
return { status = "Progressing", message = ready.message or "" }
