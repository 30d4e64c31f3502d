// Answers questions about TUF with go-tuf: one JSON request a line, one JSON answer a line. Bytes travel as
// base64. An answer is {"ok": VALUE} or {"error": TEXT}.
package main

import (
	"bufio"
	"encoding/json"
	"fmt"
	"net/url"
	"os"
	"path/filepath"

	"github.com/secure-systems-lab/go-securesystemslib/cjson"
	"github.com/theupdateframework/go-tuf/v2/metadata"
	"github.com/theupdateframework/go-tuf/v2/metadata/config"
	"github.com/theupdateframework/go-tuf/v2/metadata/updater"
)

type request struct {
	Question  string
	Delegator []byte
	Role      string
	File      []byte
	Texts     []string
	Root      []byte
	Metadata  string
	Targets   string
	Folder    string
	Paths     []string
}

func main() {
	lines := bufio.NewReader(os.Stdin)
	out := json.NewEncoder(os.Stdout)
	for {
		line, err := lines.ReadBytes('\n')
		if err != nil {
			return
		}
		var asked request
		if err := json.Unmarshal(line, &asked); err != nil {
			panic(err)
		}
		answer := map[string]any{}
		if value, err := answerTo(asked); err != nil {
			answer["error"] = err.Error()
		} else {
			answer["ok"] = value
		}
		if err := out.Encode(answer); err != nil {
			panic(err)
		}
	}
}

func answerTo(asked request) (any, error) {
	switch asked.Question {
	case "verify":
		return true, verify(asked)
	case "canonical":
		return canonical(asked.Texts)
	case "reserialize":
		file, err := parse(asked.File)
		if err != nil {
			return nil, err
		}
		return file.ToBytes(false)
	case "update":
		return update(asked)
	}
	return nil, fmt.Errorf("no such question: %s", asked.Question)
}

// What metadata of every type can do.
type file interface {
	ToBytes(pretty bool) ([]byte, error)
	VerifyDelegate(role string, delegated any) error
}

func parse(data []byte) (file, error) {
	var head struct {
		Signed struct {
			Type string `json:"_type"`
		}
	}
	if err := json.Unmarshal(data, &head); err != nil {
		return nil, err
	}
	switch head.Signed.Type {
	case metadata.ROOT:
		return metadata.Root().FromBytes(data)
	case metadata.TIMESTAMP:
		return metadata.Timestamp().FromBytes(data)
	case metadata.SNAPSHOT:
		return metadata.Snapshot().FromBytes(data)
	case metadata.TARGETS:
		return metadata.Targets().FromBytes(data)
	}
	return nil, fmt.Errorf("no such type: %s", head.Signed.Type)
}

func verify(asked request) error {
	trusted, err := parse(asked.Delegator)
	if err != nil {
		return err
	}
	offered, err := parse(asked.File)
	if err != nil {
		return err
	}
	return trusted.VerifyDelegate(asked.Role, offered)
}

func canonical(texts []string) ([][]byte, error) {
	found := make([][]byte, len(texts))
	for index, text := range texts {
		canonical, err := cjson.EncodeCanonical(json.RawMessage(text))
		if err != nil {
			return nil, err
		}
		found[index] = canonical
	}
	return found, nil
}

// Runs go-tuf's client from a pinned root; gives the version of the root it ends with, and each file's content.
func update(asked request) (any, error) {
	settings, err := config.New(asked.Metadata, asked.Root)
	if err != nil {
		return nil, err
	}
	settings.LocalMetadataDir = filepath.Join(asked.Folder, "metadata")
	settings.LocalTargetsDir = filepath.Join(asked.Folder, "targets")
	settings.RemoteTargetsURL = asked.Targets
	client, err := updater.New(settings)
	if err != nil {
		return nil, err
	}
	if err := client.Refresh(); err != nil {
		return nil, err
	}
	files := map[string]any{}
	for _, path := range asked.Paths {
		info, err := client.GetTargetInfo(path)
		if err != nil {
			return nil, err
		}
		// Left to itself, go-tuf names the file by the escaped path; the name is of no matter here.
		_, data, err := client.DownloadTarget(info, filepath.Join(settings.LocalTargetsDir, url.PathEscape(path)), "")
		if err != nil {
			return nil, err
		}
		files[path] = data
	}
	version := client.GetTrustedMetadataSet().Root.Signed.Version
	return map[string]any{"rootVersion": version, "files": files}, nil
}
