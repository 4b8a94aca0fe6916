package main

import (
	"encoding/json"
	"fmt"
	"os"
	"time"

	lua "github.com/yuin/gopher-lua"
	"k8s.io/apimachinery/pkg/apis/meta/v1/unstructured"
	luajson "layeh.com/gopher-json"
	"sigs.k8s.io/yaml"
)

type health struct {
	Status  string `json:"status"`
	Message string `json:"message"`
}

type customActions struct {
	Discovery   string `json:"discovery.lua"`
	Definitions []struct {
		Name   string `json:"name"`
		Action string `json:"action.lua"`
	} `json:"definitions"`
}

type offer struct {
	Disabled bool            `json:"disabled"`
	Result   json.RawMessage `json:"result"`
}

// argoJudge runs scripts as Argo CD does: in its interpreter, with the few libraries it opens.
type argoJudge struct {
	configuration struct {
		Data map[string]string `json:"data"`
	}
}

func readConfigMap(path string) (judge argoJudge, err error) {
	text, err := os.ReadFile(path)
	if err != nil {
		return judge, err
	}
	return judge, yaml.Unmarshal(text, &judge.configuration)
}

func (judge argoJudge) customization(sort string, object *unstructured.Unstructured) (string, error) {
	gvk := object.GroupVersionKind()
	key := fmt.Sprintf("resource.customizations.%s.%s_%s", sort, gvk.Group, gvk.Kind)
	text, found := judge.configuration.Data[key]
	if !found {
		return "", fmt.Errorf("the ConfigMap has no key %s", key)
	}
	return text, nil
}

func (judge argoJudge) judge(object *unstructured.Unstructured) (said health, err error) {
	script, err := judge.customization("health", object)
	if err != nil {
		return said, err
	}
	answer, err := run(script, object)
	if err != nil {
		return said, err
	}
	return said, json.Unmarshal(answer, &said)
}

func (judge argoJudge) actions(object *unstructured.Unstructured) (json.RawMessage, error) {
	text, err := judge.customization("actions", object)
	if err != nil {
		return nil, err
	}
	custom := customActions{}
	if err := yaml.UnmarshalStrict([]byte(text), &custom); err != nil {
		return nil, err
	}
	answer, err := run(custom.Discovery, object)
	if err != nil {
		return nil, err
	}
	offers := map[string]*offer{}
	if err := json.Unmarshal(answer, &offers); err != nil {
		return nil, err
	}
	for _, action := range custom.Definitions {
		offered, found := offers[action.Name]
		if !found {
			return nil, fmt.Errorf("action %s is defined and not discovered", action.Name)
		}
		if offered.Result, err = run(action.Action, object); err != nil {
			return nil, err
		}
	}
	return json.Marshal(offers)
}

func run(script string, object *unstructured.Unstructured) (json.RawMessage, error) {
	state := lua.NewState(lua.Options{SkipOpenLibs: true})
	defer state.Close()
	for name, open := range map[string]lua.LGFunction{
		lua.BaseLibName: lua.OpenBase,
		lua.TabLibName:  lua.OpenTable,
	} {
		state.Push(state.NewFunction(open))
		state.Push(lua.LString(name))
		state.Call(1, 0)
	}
	state.SetGlobal("require", state.NewFunction(requireClock))
	state.SetGlobal("obj", luaValue(state, object.Object))
	if err := state.DoString(script); err != nil {
		return nil, err
	}
	return luajson.Encode(state.Get(-1))
}

// requireClock gives module "os" with the one function of it that scripts may rely on.
func requireClock(state *lua.LState) int {
	if name := state.CheckString(1); name != lua.OsLibName {
		state.RaiseError("module %s is not there in Argo CD", name)
	}
	module := state.NewTable()
	module.RawSetString("date", state.NewFunction(func(state *lua.LState) int {
		if format := state.CheckString(1); format != "!%Y-%m-%dT%H:%M:%SZ" {
			state.RaiseError("unexpected format %s", format)
		}
		state.Push(lua.LString(time.Now().UTC().Format("2006-01-02T15:04:05Z")))
		return 1
	}))
	state.Push(module)
	return 1
}

// luaValue makes tables of a decoded object, whose numbers are int64 and float64.
func luaValue(state *lua.LState, value any) lua.LValue {
	switch known := value.(type) {
	case bool:
		return lua.LBool(known)
	case int64:
		return lua.LNumber(known)
	case float64:
		return lua.LNumber(known)
	case string:
		return lua.LString(known)
	case []any:
		list := state.NewTable()
		for _, entry := range known {
			list.Append(luaValue(state, entry))
		}
		return list
	case map[string]any:
		table := state.NewTable()
		for key, entry := range known {
			table.RawSetString(key, luaValue(state, entry))
		}
		return table
	}
	return lua.LNil
}
