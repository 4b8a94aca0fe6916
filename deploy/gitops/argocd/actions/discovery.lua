-- What is asked of a suspended object would wait until it is resumed, so it is not offered.
local suspended = obj.spec.suspend == true
local actions = {
  suspend = { disabled = suspended },
  resume = { disabled = not suspended },
  reconcile = { disabled = suspended },
}

if obj.kind == "HarborRobot" then
  actions.rotate = { disabled = suspended }
  actions.revoke = { disabled = suspended }
end

if obj.kind == "HarborPullSecret" then
  local paused = false
  for _, condition in ipairs(obj.status and obj.status.conditions or {}) do
    paused = paused or (condition.type == "RolloutPaused" and condition.status == "True")
  end
  actions["resume-rollout"] = { disabled = suspended or not paused }
end

return actions
